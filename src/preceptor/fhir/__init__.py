"""The clinical record as FHIR R4: what is valid, stored and found; never a run, a model or a web request."""
