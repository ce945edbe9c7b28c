"""What a business asks for, each made of the same verbs."""
