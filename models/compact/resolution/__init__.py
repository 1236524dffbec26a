"""Which order and which lines of the customer's own a message means. Where two fit equally, none is chosen.

    kept (what is not meant is blanked)  →  numbers, else named (goods), else pointed (time, state, position)

``resolve`` is for open requests, ``line_of`` for the answer to "which one?" within a known order.
"""
