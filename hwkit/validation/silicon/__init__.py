"""The machine in transistors: extracted, trained for, compared with its curves, varied."""
