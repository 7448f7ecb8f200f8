"""General health-care language: lay words and their clinical names, common abbreviations. Knows no document."""

from __future__ import annotations

from preceptor.evidence.bm25 import analyze, fold

_GROUPS = """
high blood pressure = hypertension = htn
blood pressure = bp
heart attack = myocardial infarction = mi
heart failure = chf = hf = weak heart
fax = facsimile
flu = influenza
flare-up = flare up = exacerbation = flare
cpap = continuous positive airway pressure = positive airway pressure = pap
steroid = corticosteroid = glucocorticoid
copd = chronic obstructive pulmonary disease
asthma attack = asthma exacerbation
alcohol use disorder = alcoholism = aud
opioid use disorder = opioid addiction = oud
substance use disorder = addiction = sud
hospital admission = hospitalization = admission
all night = overnight = entire night
cancer = malignancy = neoplasm
high blood sugar = hyperglycemia
low blood sugar = hypoglycemia
miscarriage = pregnancy loss
choose = choice = chosen = select
major depression = major depressive disorder = mdd
low back pain = back pain = lbp
arthritis = osteoarthritis
heart rhythm = arrhythmia
half year = six months = 6 months
lose weight = weight loss = losing weight
a couple of = two
short for = stands for
bladder = urology = urologic
bone = skeletal = osseous
skin = dermal = cutaneous
heartburn = gastroesophageal reflux = gerd
sugar = glucose
water tablet = diuretic
jab = injection
tired = fatigue
itch = pruritus
hard of hearing = hearing loss
breathless = dyspnea = shortness of breath
lump = mass
clot = thrombosis
pill = tablet = oral medication
punishment = sanction = penalty
kick out = exclude = exclusion
keep = retain = retention
hand in = submit = submission
check = audit = review
stroke = cerebrovascular accident = cva
mini stroke = transient ischemic attack = tia
kidney = renal = nephro
kidney disease = ckd = chronic kidney disease = bad kidneys = renal disease
kidney failure = esrd = end-stage renal disease = end stage kidney disease
acute kidney injury = aki
kidney doctor = nephrologist = nephrology
kidney stone = nephrolithiasis = renal calculus
liver = hepatic
lung = pulmonary
heart = cardiac = cardio
concussion = mild traumatic brain injury = mtbi
brain injury = tbi = traumatic brain injury
knocked out = loss of consciousness = loc = passed out
memory loss = amnesia
dizziness = vertigo = dizzy
headache = migraine = cephalalgia
ringing in the ears = tinnitus
fat = obese = obesity
overweight = excess weight
body mass index = bmi
weight loss surgery = bariatric surgery = metabolic surgery = metabolic/bariatric surgery
sugar diabetes = diabetes mellitus = diabetes = dm = diabetic
type 2 diabetes = t2dm = type 2 dm
blood sugar = glucose = glycemia
water pill = diuretic
blood thinner = anticoagulant
painkiller = analgesic = pain medication = pain reliever
nsaid = nonsteroidal anti-inflammatory drug = anti-inflammatory
salt = sodium
drug = medication = medicine = agent = pharmacotherapy = pharmacologic
shot = injection
vaccine = vaccination = immunization
dye = contrast = contrast media
mri = magnetic resonance imaging
ct = computed tomography
x-ray = radiograph
ekg = ecg = electrocardiogram
eeg = electroencephalogram
lab test = laboratory test
blood test = serum
kidney function = egfr = gfr = glomerular filtration rate
creatinine clearance = crcl
exercise = physical activity = workout = cardio = aerobic exercise
diet = nutrition = eating = eating plan = meal plan
sleeplessness = insomnia = trouble sleeping
sleep apnea = osa = obstructive sleep apnea
talk therapy = psychotherapy = cognitive behavioral therapy = cbt
depressed = depression
ptsd = posttraumatic stress disorder
er = emergency department = emergency room
icu = intensive care unit
family doctor = primary care provider = primary care physician = pcp
specialist = specialty care
elderly = older adult = aged 65
child = pediatric = children
pregnant = pregnancy
woman = women = female
man = men = male
ace inhibitor = acei = angiotensin-converting enzyme inhibitor
arb = angiotensin ii receptor blocker = angiotensin receptor blocker
beta blocker = beta-blocker
calcium channel blocker = ccb
esa = erythropoiesis-stimulating agent
picc = peripherally inserted central catheter
red blood cell = erythrocyte
low blood count = anemia = anaemia
swelling = edema
throw up = vomiting = emesis = throwing up
belly = abdominal = abdomen
high cholesterol = dyslipidemia = hyperlipidemia
smoking = tobacco
alcohol = drinking
oxygen therapy = hbo = hyperbaric oxygen
physical therapy = physiotherapy = rehabilitation = pt
side effect = adverse event = adverse effect
first choice = first-line = preferred
begin = start = initiate
stop = discontinue
maximum = max = at most = no more than = up to
minimum = at least = no less than
allowed = permitted
required = must = mandatory
per day = daily = a day
per week = weekly = a week
per year = annually = yearly = a year
twice a day = bid = twice daily
three times a day = tid
each year = annual
cutoff = threshold
goal = target
kickback = anti-kickback = remuneration = aks
false claims act = fca
civil monetary penalty = cmp
corporate integrity agreement = cia
self disclosure protocol = sdp
durable medical equipment = dme
electronic health record = ehr = electronic medical record
federal register notice = notice
fine = penalty
overbill = upcode = upcoding
staff = workforce = employees = personnel
doctor = physician
nurse = nursing
office of inspector general = oig
centers for medicare and medicaid services = cms = hcfa
fiscal year = fy
nursing home = nursing facility = skilled nursing facility = snf
home health = hha
hospital = inpatient facility
return to hospital = readmission = readmitted
bill = claim
money back = refund = overpayment
paperwork = documentation
rule = requirement
lawyer = counsel = attorney
boss = supervisor
board = governing body = directors
haemoglobin = hemoglobin
haemodialysis = hemodialysis
oedema = edema
anaemia = anemia
paediatric = pediatric
fibre = fiber
tumour = tumor
utilisation = utilization
randomised = randomized
prior authorization = preauthorization = prior approval = prior auth = precertification = auth
turnaround = decide = decision = processing time
urgent = expedited = fast track
get around = waive = waiver = exception = exempt = exemption = skip
oxygen saturation = saturation = sat = sats = spo2
oxygen = o2
occupational therapy = ot
speech therapy = speech language pathology
video visit = telehealth = telemedicine = virtual visit
phone = telephone = audio-only
in person = face to face = office visit
fingerstick = finger stick = self-monitoring of blood glucose = smbg
continuous glucose monitor = cgm = glucose sensor = continuous glucose monitoring
methotrexate = mtx
rheumatoid arthritis = ra
spine = spinal
lumbar spine = l-spine = lower back
cervical spine = c-spine = neck
obstetrician = ob = obgyn
appeal = reconsideration = redetermination
complaint = grievance
late filing = timely filing = filing deadline = filing limit
out of network = nonparticipating = non-network
in network = participating
deny = denial = refuse = turn down
member = enrollee = beneficiary = insured
renewal = renew = reauthorization = continued coverage
good for = valid for = approved for = lasts
ship = supply = dispense
own = property = ownership = purchased
"""


def _read() -> tuple[dict[str, list[tuple[tuple[str, ...], ...]]], int]:
    """First term of a phrase → its groups; and the longest phrase."""
    table: dict[str, list[tuple[tuple[str, ...], ...]]] = {}
    longest = 1
    for line in _GROUPS.strip().splitlines():
        phrases = tuple(tuple(analyze(phrase)) for phrase in line.split("="))
        for phrase in phrases:
            if phrase:
                table.setdefault(phrase[0], []).append(phrases)
                longest = max(longest, len(phrase))
    return table, longest


_TABLE, _LONGEST = _read()

Phrase = tuple[str, ...]


def synonyms(terms: list[str]) -> list[tuple[Phrase, frozenset[Phrase]]]:
    """Phrases of `terms` that have other names, each with those names; terms as `analyze` gives them."""
    found = list[tuple[Phrase, frozenset[Phrase]]]()
    for place, term in enumerate(terms):
        for group in _TABLE.get(term, ()):
            for phrase in group:
                if phrase and tuple(terms[place : place + len(phrase)]) == phrase:
                    found.append((phrase, frozenset(p for p in group if p and p != phrase)))
                    break
    return found


def is_general(word: str) -> bool:
    """Whether a folded word says how something is asked rather than what about."""
    return fold(word) in GENERAL


GENERAL_WORDS = """
something anything someone anyone whether thing circumstance circumstances situation
out because more less all every help send cut should after before under over up down above below
between while if bring somebody somehow aim try tries like see own ok first last class classed
classify classified category duration date period cutoff threshold maximum minimum max min total
percent percentage share cause reason allow allowed permit permitted want wants know supposed within
against advise advises advice keep keeps sort happens happen early late new old main key specific
guideline guidance recommend recommendation recommended suggest suggested say says said state states
stated give gives given list lists listed name named names mention mentioned according per please
tell show cite quote wording word words answer question question's exact exactly kind type many much
long often large small soon big high low far strong strength grade rating usually usual mean means
meaning stand stands define defines defined definition refer refers count counts describe explain
compare document page section part text table policy get use used using make makes made take takes
go goes need needs needed one two three four five both either realistically really actually
following certain various people person patient patients pt pts someone folks members member
individual anybody apply applies applied call calls called consider considered okay different same
also still ever only just thing things case cases way ways number amount level value range
"""
GENERAL = frozenset(GENERAL_WORDS.split())
