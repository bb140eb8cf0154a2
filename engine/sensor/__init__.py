"""What a camera does to a picture: lens, sensor, and the file it writes. numpy and Pillow alone."""
