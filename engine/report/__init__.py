"""A dataset as one HTML page that holds everything it shows: pictures, overlays, statistics, problems."""
