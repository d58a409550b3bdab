"""Drawing of generated street scenes: layout in metres, one camera, three pixel planes."""
