"""The lists of names and places under `data/`, loaded once, and the word lists that keep look-alikes out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Words:
    """One list: `sure` entries speak for themselves, `also_words` only where the context agrees."""

    sure: frozenset[str]
    also_words: frozenset[str]

    def __contains__(self, word: str) -> bool:
        return word in self.sure or word in self.also_words


@cache
def words(name: str) -> Words:
    """The list `data/NAME.txt`; entries are lower case, a trailing `*` marks an ordinary word."""
    lines = files("preceptor.deid").joinpath("data", f"{name}.txt").read_text("utf-8").split("\n")
    marked = frozenset(line[:-1] for line in lines if line.endswith("*"))
    return Words(frozenset(line for line in lines if line and not line.endswith("*")), marked)


EPONYMS = frozenset(
    """achilles addison adson alzheimer apgar apley asperger babinski baker ballard barlow barrett bartholin
    beck bell bennett berg beers bishop blumberg boas bouchard bowen braden bradford braxton brudzinski
    burkitt charcot charlson chiari chvostek colles cooper coombs crohn cushing dix doppler down dupuytren
    edinger ehlers epley epstein erb eustachian ewing fallopian fahrenheit falls finkelstein fitzpatrick
    foley fontan fowler framingham galeazzi gaucher gilbert gleason glasgow goodpasture gram graves guillain
    hallpike hamilton harrington hashimoto hawkins heberden heimlich hirschsprung hodgkin holter homans horner
    hoffa hunter huntington jackson janeway jones kaposi karnofsky kawasaki kegel kennedy kernig kerley kleinfelter
    klinefelter kocher koplik korsakoff kussmaul lachman legionnaires lewy likert lisfranc lyme marfan mallory
    mcburney mcmurray meckel meniere mohs monro montgomery morse morton munchausen murphy neer nissen norton
    osgood osler ottawa pap paget parkinson perthes phalen pott prader ranson raynaud reye reynolds rinne
    rockwood rohingya romberg roux rorschach rovsing schatzki schirmer schober sims sjogren snellen spurling
    stevens johnson still swan-ganz tanner tay-sachs thomas thompson tinel tourette trendelenburg turner valsalva
    virchow weber wells wernicke whipple willebrand wilms wilson wolff wood zenker zollinger jaeger stark
    bartter fanconi hartmann halsted billroth bosniak child pugh fuchs gottron jendrassik kimmelstiel mantoux
    minnesota binet stanford rankin barthel tinetti boston denver waterlow ramsay schwartz cockcroft gault""".split()
)
"""Surnames that name a disease, sign, test, device or law at least as often as a person in clinical text."""

HEADS = frozenset(
    """disease diseases syndrome syndromes sign signs test tests testing catheter catheters procedure maneuver
    manoeuvre maneuvers score scores scale scales criteria criterion classification stage stages grade grading
    contracture fracture cyst lymphoma sarcoma palsy reflex reflexes tremor tumor tumors esophagus anemia
    phenomenon position gait stain smear monitor drain retractor node nodes nodule nodules ganglion tendon canal
    tube tubes duct gland glands operation repair approach incision index law laws act rule rules ratio formula
    equation method questionnaire inventory angle line lines point ligament encephalopathy aphasia dementia
    thyroiditis nephropathy ulcer ulcers hernia esophagitis chorea ataxia bodies body clamp forceps plate
    exercise exercises splint stent pump valve shunt bypass block technique sequence coma study trial cells cell
    dystrophy anomaly malformation triad pouch diverticulum purpura orifice space fasciotomy lamp drawer squeeze
    impingement depression anxiety fall skin type""".split()
)
"""Words that make the surname before them an eponym."""

STOP = frozenset(
    """a about above abdomen abdominal accession account accounts action active activity acute addendum additional
    address administration admission admit admitted advised after age agency agreement agrees aid all allergies
    allergy also am ambulatory american an and any anxiety app application appointment are area arm as ask
    asked asks assessment at attached attending attention authorization auscultation average back be because been before
    began behalf being below best between bilateral billing birth blood board body bone both bp brain breast brother
    but by call called calls came can cardiac cardiology cardiovascular care case cell center central chapter chart
    chest chief child children claim clinic clinical clinician code coding collected college coma committee company
    complaint compliance condition congress consent constitutional consult consultant consultation contact continue
    contract coordinator cough could council county course cover coverage critical ct current currently daily data
    date daughter day days dear death degree department dental detailed diabetes diagnosis diagnostic dialysis did diet
    director discharge discussed disease dispatched division do doctor document does don't dose dr drive drug drugs due
    during each ear education eft electronic electronically email emergency employee employer encounter end endocrine
    english enrolled equipment er evaluation every exam examination eye eyes facility family father fax fda federal
    fee feels female fever few file final findings first flu follow following food for form former friday friend
    from full function gastrointestinal general genitourinary get give given go good got government grade grand great group
    guidance guideline guidelines had has have he head health heart heent hello help her here hi high him his history home
    hospice hospital house how however hpi human husband i icu id if image imaging immune impression improved in
    includes including individual infection information initial injury inpatient instructions insurance insured
    integumentary internal international interpreter interval into is it its january just kidney knee lab
    laboratory labs last left leg let letter level license life like limited line liver living long low lower lumbar
    lung made mail main male management manager many may md me medicaid medical medicare medication medications
    medicine member members memorial mental message met mg might mild minor miss mom monday month months morning mother
    motor move mr mri mrs ms msk much musculoskeletal my name named nasal national neck need needs negative neuro
    neurologic neurological neurology never new newborn next night no non nor normal north northern nose not note noted notes
    notice now number nurse nursing objective obstetric of off office officer old on once oncology one only open or oral order
    ordered ordering orders organization original other our out outpatient over overview own oxygen page pain
    parent part participant past patient patients patient's per percent performed person pharmacy phone physical physician
    physicians plan please policy portal positive postoperative practice practitioner pre pregnancy prescribed prescription
    present presented presents pressure prev previous primary prior private procedure procedures program project
    protocol provider providers psychiatric psychiatry public pulmonary pulse question questions rate received
    recent recommendation recommendations record records reference referral referred referring refill regarding region
    registered registration rehab related relative release renal repeat report reported reports request
    requested requests requires research resident respiratory response result results return review reviewed right
    risk room rn routine said same saturday saw says scan schedule scheduled school screening secretary section see seen
    sent separate service services set severe she should shoulder shows side sign signature signed since sincerely skin
    sleep so social some son south southern special specialist specialty specimen spine staff standard start started
    state states statement status still stomach stool street strength stress subjective such sunday support surgeon surgery
    surgical symptoms system take taken taking team technician telephone tells test tests than thank thanks that the their
    them then therapist therapy there these they think this those through thursday time times to today tolerated told
    tomorrow tonight took total transcribed transfer treatment trial tuesday type tylenol two ultrasound under union united
    unit university unknown until up update upper urgent urinalysis urine us use used using usual vaccine va
    vascular version very veteran veterans vision visit visits vital vitals was we wednesday week weeks weight well went were
    west western what when where which while white who whom why wife will with within without woman women work would wound
    xray year years yes yesterday yet you your yours zip dictated discussed emergency spouse mother's father's
    urology neurologist cardiologist oncologist orthopedic orthopedics pediatric pediatrics podiatry dermatology radiology
    pathology anesthesia anesthesiology hematology rheumatology nephrology geriatric geriatrics ophthalmology
    inspector attorney secretary senator justice judge president administrator commissioner medi aspirin insulin
    metformin lisinopril ibuprofen prednisone warfarin amoxicillin losartan atorvastatin gabapentin humira ozempic
    jardiance eliquis xarelto synthroid lipitor advair albuterol protonix imitrex flonase zoloft prozac lantus
    webmd google zoom mychart epic cdc fda nih cms hhs oig dod nhs aetna cigna humana anthem kaiser bluecross
    uber ups fedex walgreens cvs walmart costco amazon apple quest labcorp
    hearing vaginal uterine prostate thyroid nerve spinal sinus septal valve aortic mitral renal
    buenos buenas hola gracias el la los las del por para con señor señora doctor doctora paciente nombre
    jan feb mar apr jun jul aug sep sept oct nov dec february march april june july august september october
    november december spring summer fall winter autumn christmas easter thanksgiving""".split()
)
"""Words that are no name, whatever stands beside them; capitalised headings and common words of clinical text."""

PARTICLES = frozenset("de del della di da dos das du la le van von der den ter bin ibn al el st mac o".split())
"""Lower-case parts inside a surname."""

TITLES = frozenset("mr mrs ms mister missus dr drs prof professor mx sra srta señora señor sgt capt lt".split())
CREDENTIALS = frozenset("md do rn np pa pa-c phd dds dmd lpn cnm crna lcsw pharmd aprn dnp dpm dpt ma cna bsn fnp".split())
RELATIVES = frozenset(
    """mother father mom mum mommy dad daddy brother sister son daughter wife husband spouse partner aunt uncle
    cousin niece nephew grandmother grandfather grandma grandpa granddaughter grandson stepson stepdaughter
    stepmother stepfather fiance fiancee fiancé fiancée girlfriend boyfriend friend neighbor neighbour caregiver
    guardian roommate mother-in-law father-in-law son-in-law daughter-in-law sister-in-law brother-in-law
    madre padre hermano hermana hijo hija esposo esposa marido mujer abuela abuelo tío tía amigo amiga""".split()
)
