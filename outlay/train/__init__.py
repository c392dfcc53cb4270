"""Training the pocket models; needs the extra ``train``."""
