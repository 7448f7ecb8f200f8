"""What the shipped models are trained on and how; the product imports nothing from here."""
