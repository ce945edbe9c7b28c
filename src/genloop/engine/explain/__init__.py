"""What a fitted model of pictures does, seen from outside: its noise walked, its critic's eyes, its conditions."""
