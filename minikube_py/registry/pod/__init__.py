"""What holds for every pod and pod template: defaults, validation, updates, warnings. Pure functions over dicts, no I/O."""
