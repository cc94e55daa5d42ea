"""Settings in TOML files: read, validated, refused in one sentence."""
