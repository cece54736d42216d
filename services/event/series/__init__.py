"""Series: rules by which events repeat, and the occurrences that are made of them ahead."""
