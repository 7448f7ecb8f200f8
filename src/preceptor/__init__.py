"""Preceptor: healthcare AI agents that work under supervision; one folder per room, imports point down."""
