"""The bench in the browser: a machine and its boards in one page that computes."""
