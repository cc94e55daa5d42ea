"""Do measured boards give back what they are? Coverage, false alarms, named faults, lengths."""
