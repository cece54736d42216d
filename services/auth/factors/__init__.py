"""Second factors: codes from an app, beside the password."""
