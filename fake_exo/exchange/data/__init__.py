"""Facts as data: replies, limits, dated service profile, DNS. Each with source and confidence."""
