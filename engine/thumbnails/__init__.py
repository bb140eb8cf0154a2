"""Pictures and facts of the library's assets: asked for here, made by a worker process, kept in the cache."""
