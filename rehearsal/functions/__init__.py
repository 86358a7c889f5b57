"""Lambda: the functions of the templates in processes of their own."""
