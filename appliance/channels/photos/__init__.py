"""The page on which somebody who is on the phone adds pictures, and the three calls that it makes."""
