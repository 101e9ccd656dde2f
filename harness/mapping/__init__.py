"""What a connector's own codes and messages mean."""
