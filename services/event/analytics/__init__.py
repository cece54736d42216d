"""Analytics: what every service tells, counted as it is heard, so that reading adds up little."""
