"""An exam for de-identification, written without a look at the detector: templates, values, noise; no product code."""
