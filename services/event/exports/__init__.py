"""Exports: participants and figures as tables, for spreadsheets and notebooks."""
