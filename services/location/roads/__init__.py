"""How long the way is by road, as a router says who knows the map."""
