"""The application Viewflow finds its flow class in."""
