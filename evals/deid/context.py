"""What the clinical record would know of the patient: a FHIR R4 Patient, often incomplete, made from the same scene."""

from __future__ import annotations

from .scene import Scene

_HAS = 0.8


def patient(scene: Scene, name: str) -> dict[str, object]:
    """A FHIR Patient resource with the values the document uses; each optional element is there four times of five."""
    rng, who, home = scene.rng, scene.person("P"), scene.place()
    names: list[dict[str, object]] = [{"use": "official", "family": who.last, "given": [who.first, who.middle]}]
    if rng.random() < 0.3:
        names.append({"use": "nickname", "given": [who.nick]})
    out: dict[str, object] = {"resourceType": "Patient", "id": name, "active": True, "name": names, "gender": who.sex}
    out["birthDate"] = scene.dob.isoformat()
    numbers = [
        {
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": code}]},
            "value": scene.value(slot),
        }
        for slot, code in (("mrn", "MR"), ("ssn", "SS"), ("member", "MB"), ("acct", "AN"))
        if code == "MR" or (rng.random() < 0.5 and slot in scene.values)
    ]
    out["identifier"] = numbers
    if rng.random() < _HAS:
        out["telecom"] = [{"system": "phone", "use": "home", "value": scene.value("phone")}]
        if "email" in scene.values:
            out["telecom"] += [{"system": "email", "value": scene.values["email"]}]  # type: ignore[operator]
    if rng.random() < _HAS:
        out["address"] = [
            {
                "use": "home",
                "line": [home.street],
                "city": home.town,
                "district": home.county,
                "state": home.state,
                "postalCode": home.zip5,
                "country": "US",
            }
        ]
    contacts = [
        {"name": {"family": p.last, "given": [p.first]}, "relationship": [{"text": "family"}]}
        for key, p in sorted(scene.people.items())
        if key.startswith("R") and rng.random() < 0.6
    ]
    if contacts:
        out["contact"] = contacts
    if "D" in scene.people and rng.random() < 0.5:
        out["generalPractitioner"] = [{"display": scene.people["D"].full}]
    return out
