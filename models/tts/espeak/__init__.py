"""eSpeak NG behind ``/v1/audio/speech``, for boxes without a GPU: its own process (``python -m models.tts.espeak``).

eSpeak NG is GPL-3. Nothing of it is imported by the product: this process loads its library by a path that it is given,
and is spoken to by HTTP only.
"""
