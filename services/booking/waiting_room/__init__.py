"""The waiting room: in a rush, who may try to book now, and who when."""
