"""Every key and action of the app, one file for each screen; `studio.actions` joins them."""
