"""Lives worked out: from what works to what fails, and what holds after each step."""
