"""Tours: telling everybody whom a change of an event concerns, however many they are."""
