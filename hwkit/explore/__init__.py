"""The bench in the browser: a page that simulates boards of a machine as hwkit does."""
