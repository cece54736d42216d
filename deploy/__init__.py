"""What runs the mesh, and what makes its parts."""
