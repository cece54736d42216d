"""Plays the main job on a mesh that is being hurt, and looks afterwards whether all is right."""
