/* Only adds to pages that work without it: brings the answer into view, selects all, sends a form once. */
(function () {
  "use strict";
  var banner = document.getElementById("problems") || document.getElementById("outcome");
  if (banner) { banner.focus(); }

  document.querySelectorAll("[data-all]").forEach(function (list) {
    var boxes = list.querySelectorAll("input[type=checkbox]");
    var button = document.createElement("button");
    button.type = "button";
    button.className = "button-quiet";
    button.textContent = list.dataset.all;
    button.addEventListener("click", function () {
      var some = Array.prototype.some.call(boxes, function (box) { return !box.checked; });
      boxes.forEach(function (box) { box.checked = some; });
      button.textContent = some ? "全不选" : list.dataset.all;
    });
    list.before(button);
  });

  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      var button = event.submitter;
      if (button && button.value !== "look" && button.value !== "read") { button.textContent = "正在提交…"; }
      setTimeout(function () {
        form.querySelectorAll("button[type=submit]").forEach(function (one) { one.disabled = true; });
      }, 0);
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { location.reload(); }
  });
}());
