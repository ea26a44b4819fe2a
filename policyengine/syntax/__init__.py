"""Rule files as their authors wrote them."""
