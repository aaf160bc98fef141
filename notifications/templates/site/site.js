/* Only adds to pages that can be read without it: remembers large type, searches and filters. */
(function () {
  "use strict";
  var KEY = "banli-elder";
  var box = document.getElementById("elder");

  function remembered() { try { return localStorage.getItem(KEY); } catch (refused) { return null; } }
  function remember(value) { try { localStorage.setItem(KEY, value); } catch (refused) { /* private mode: not kept */ } }

  box.checked = remembered() === "1";
  box.addEventListener("change", function () { remember(box.checked ? "1" : "0"); });

  var here = location.href.split(/[?#]/)[0];
  document.querySelectorAll(".site-head nav a").forEach(function (link) {
    if (link.href === here) { link.setAttribute("aria-current", "page"); }
  });

  var form = document.getElementById("search-form");
  if (!form) { return; }

  var LIMIT = 100;
  var meta = null, all = [], days = new Map(), words = {}, items = {}, waiting = {}, turn = 0;
  var status = document.getElementById("search-status");
  var results = document.getElementById("search-results");
  var field = document.getElementById("q");
  var selects = Array.prototype.slice.call(form.querySelectorAll("select"));

  /* Data files are scripts, because a page opened from a folder may not fetch. */
  function load(name) {
    if (!waiting[name]) {
      waiting[name] = new Promise(function (done, failed) {
        var script = document.createElement("script");
        script.src = "search/" + name + ".js";
        script.onload = done;
        script.onerror = function () { delete waiting[name]; failed(new Error(name)); };
        document.head.appendChild(script);
      });
    }
    return waiting[name];
  }

  window.banli = {
    meta: function (given) {
      var day = 0, said = given.days.split(",");
      meta = given;
      all = unfolded(given.places);
      all.forEach(function (place, at) { if (said[at]) { day = parseInt(said[at], 36); } days.set(place, day); });
    },
    words: function (shard, list) {
      words[shard] = new Map(list.split(";").map(function (row) {
        var cut = row.lastIndexOf(":");
        return [row.slice(0, cut), row.slice(cut + 1)];
      }));
    },
    items: function (chunk, rows) { items[chunk] = rows; }
  };

  function pairs(text) {
    var found = new Set();
    text.normalize("NFKC").toLowerCase().split(/[^\p{L}\p{N}]+/u).forEach(function (run) {
      var chars = Array.from(run);
      for (var at = 0; at + 1 < chars.length; at += 1) { found.add(chars[at] + chars[at + 1]); }
    });
    return Array.from(found);
  }
  function shardOf(pair) {
    var chars = Array.from(pair);
    return (chars[0].codePointAt(0) * 31 + chars[1].codePointAt(0)) % meta.shards;
  }
  function places(pair) { return unfolded(words[shardOf(pair)].get(pair)); }
  function unfolded(row) {
    var found = [], place = 0;
    (row ? row.split(",") : []).forEach(function (step) {
      var run = step.charAt(0) === "~", times = run ? parseInt(step.slice(1), 36) : 1;
      while (times--) { place += run ? 1 : parseInt(step, 36); found.push(place); }
    });
    return found;
  }
  function newest(places) {
    return places.slice().sort(function (one, other) { return days.get(other) - days.get(one) || other - one; });
  }
  function common(lists) {
    return lists.reduce(function (kept, next) {
      var there = new Set(next);
      return kept.filter(function (place) { return there.has(place); });
    });
  }
  /* Newest first, and before them those that say it in their title. */
  function matching(query) {
    var asked = pairs(query);
    if (!asked.length) { return Promise.resolve(newest(all)); }
    return Promise.all(asked.map(function (pair) { return load("words-" + shardOf(pair)); })).then(function () {
      var first = newest(common(asked.map(function (pair) { return places(pair + "!"); }))), known = new Set(first);
      return first.concat(newest(common(asked.map(places))).filter(function (place) { return !known.has(place); }));
    });
  }
  function rowOf(place) { return items[Math.floor(place / meta.chunk)][place % meta.chunk]; }
  function rows(found) {
    var chunks = new Set(found.map(function (place) { return Math.floor(place / meta.chunk); }));
    return Promise.all(Array.from(chunks, function (chunk) { return load("items-" + chunk); })).then(function () {
      return found.map(rowOf).filter(Boolean);
    });
  }
  function isolated(tag, text) {
    var element = document.createElement(tag), inner = document.createElement("bdi");
    inner.textContent = text;
    element.appendChild(inner);
    return element;
  }
  function shown(row) {
    var line = document.createElement("li"), title = document.createElement("h2"), facts = document.createElement("p");
    var link = isolated("a", row[1]);
    link.href = "cases/" + row[0] + ".html";
    title.className = "entry-title";
    title.appendChild(link);
    facts.className = "entry-facts";
    facts.appendChild(isolated("span", row[3][2] + "第" + row[2] + "号"));
    facts.appendChild(isolated("span", row[3][1]));
    if (row[6] || row[3][3]) {
      var tag = isolated("span", row[6] ? "已撤回" : row[3][3].split("（")[0]);
      tag.className = row[6] ? "tag tag-quiet" : "tag";
      facts.appendChild(tag);
    }
    facts.appendChild(isolated("span", row[4])).className = "entry-date";
    line.appendChild(title);
    line.appendChild(facts);
    return line;
  }
  function run() {
    var mine = turn += 1, query = field.value.trim();
    var wanted = selects.filter(function (select) { return select.value; });
    if (!query && !wanted.length) { status.textContent = ""; results.replaceChildren(); return; }
    if (query && !pairs(query).length) { status.textContent = "请至少输入两个字。"; results.replaceChildren(); return; }
    load("meta").then(function () { return matching(query); }).then(function (found) {
      var count = found.length;
      /* Without a filter only what will be shown is read. */
      return rows(wanted.length ? found : found.slice(0, LIMIT)).then(function (read) {
        if (mine !== turn) { return; }
        var kept = read.filter(function (row) {
          return wanted.every(function (select) { return row[3][Number(select.dataset.fact)] === select.value; });
        });
        if (wanted.length) { count = kept.length; }
        kept.sort(function (one, other) { return (other[2] === query) - (one[2] === query); });
        status.textContent = count ? "找到 " + count + " 件" + (count > LIMIT ? "，列出前 " + LIMIT + " 件" : "") + "。" : "没有找到。可以换个说法，或减少条件。";
        results.replaceChildren.apply(results, kept.slice(0, LIMIT).map(shown));
      });
    }).catch(function () { status.textContent = "检索数据没有读到，请检查网络后再试。"; });
  }

  var asked = new URLSearchParams(location.search);
  field.value = asked.get("q") || "";
  selects.forEach(function (select) {
    var value = asked.get(select.name);
    if (value !== null) { select.value = value; }
    select.addEventListener("change", run);
  });
  var later;
  field.addEventListener("input", function () { clearTimeout(later); later = setTimeout(run, 200); });
  form.addEventListener("submit", function (event) { event.preventDefault(); run(); });
  run();
}());
