"""The rehearsal itself: environments made from the templates, and scenarios played in them."""
