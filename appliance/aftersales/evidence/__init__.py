"""Pictures that customers send as evidence: accepted only if they are pictures, kept sealed, shown where they belong.

What a picture shows is not judged here.
"""
