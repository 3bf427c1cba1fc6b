"""Change candidates out of two images: gates, registration, radiometry, features, objects, and what people's verdicts add."""
