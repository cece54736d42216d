"""What people are told about their accounts, until messaging has it."""
