"""Cases played on a telephone: spoken by the speaker, heard by the recogniser, judged like any other."""
