"""Several messages to one person that go as one."""
