"""What invented clinicians wrote about invented people: short, plain, and kind."""

import re

LIVING = (
    "Lives alone in a first-floor flat and keeps it tidy; a neighbour looks in most evenings.",
    "Shares a house with an older brother, who cooks and does the shopping.",
    "Settled in supported housing, where staff say that nights have been quiet.",
    "Staying with a cousin for now while the council looks into the damp.",
    "Back at the family home, with the downstairs room kept for rest.",
    "Has a new tenancy across the river and likes the view of the weir.",
    "Rents a room above the bakery and is up early with the noise.",
    "Moved to a bungalow near the park after the stairs became too much.",
)
MOOD = (
    "Mood brighter than in spring, with more appetite and a joke or two.",
    "Low in the mornings, lifting by lunchtime; no tears this week.",
    "Described feeling flat and foggy, and blamed the broken nights.",
    "Anxious about crowds, yet managed the bus twice without turning back.",
    "Calm, warm and talkative throughout; laughed about the football.",
    "Irritable at first, then apologised and settled once tea was made.",
    "Worn out by grief since the funeral and finding evenings longest.",
    "Spoke slowly and chose words carefully, but kept eye contact.",
    "Hopeful for the first time in months, and surprised to say so.",
    "Restless, pacing between kitchen and window during the visit.",
)
VOICES = (
    "Voices are quieter and easier to ignore with headphones on.",
    "Hears a murmuring at night that comments but gives no orders.",
    "No unusual experiences reported since the dose was changed.",
    "Still believes that the neighbours listen through the wall, though with less certainty.",
    "Noticed shadows at the edge of sight when tired, and knows why.",
    "Thoughts felt crowded on Tuesday and cleared after a long sleep.",
)
MEDICINE = (
    "Depot given on time; a sore arm for two days and nothing else.",
    "Takes tablets from a weekly box that the pharmacist fills.",
    "Missed four doses while away and restarted without advice.",
    "Asked whether the tablets cause the weight gain; dietitian referral agreed.",
    "Blood test done, result normal, clinic card updated.",
    "Would like to come off medication one day and agreed to plan that with the doctor.",
    "Tremor in both hands noticed; prescriber told and review booked.",
    "Prefers the liquid form, which the surgery can now supply.",
)
DAYS = (
    "Volunteers at the charity shop on Thursdays and enjoys sorting books.",
    "Started a bricklaying course at the college and has not missed a session.",
    "Walks the dog along the canal before breakfast.",
    "Spends most days indoors with the curtains drawn.",
    "Joined the choir at the community centre and sings tenor.",
    "Lost the warehouse job and is worried about rent arrears.",
    "Repairs bicycles in the yard and sells them to students.",
    "Benefits were stopped after a missed assessment; an appeal is under way.",
    "Goes swimming with a support worker when the pool is quiet.",
    "Grows tomatoes on the balcony and brought some to the clinic.",
    "Reads detective stories at the library, where staff know the name.",
    "Has taken up baking and left a loaf for the team.",
)
PEOPLE = (
    "Sister telephones on Sundays and would notice a change early.",
    "Fell out with a close friend over money lent last winter.",
    "Sees the children on Saturdays at the contact centre, which has gone well.",
    "Mother is in hospital with pneumonia, and visiting is tiring.",
    "A support worker has become an important, trusted person.",
    "No visitors for weeks and says that this is how it has to be.",
    "New relationship since August, described as steady and gentle.",
    "Father came to the appointment and spoke about earlier warning signs.",
    "Met an old school friend by chance and they now play darts.",
)
RISK = (
    "No thoughts of ending life; protective factors are the dog, the garden and faith.",
    "Fleeting wishes to be dead, without plan or means, eased by company.",
    "Drinking six cans most nights and aware that it unsettles sleep.",
    "Smoking cannabis again at weekends, and more suspicious afterwards.",
    "Argument in the street led to a caution; regrets it and will avoid that corner.",
    "Left the gas on twice; a smoke alarm has been fitted by the fire service.",
    "Owes money to a man locally and is frightened of being found.",
    "Eating one meal a day and losing weight; GP informed.",
    "Carried a kitchen knife outdoors once in June out of fear, handed it in since.",
    "Scratched forearms after the row, cleaned and dressed at home.",
    "Fell on the stairs while dizzy; no head injury, shoes replaced.",
    "Gave bank details to a stranger online, and the card is now blocked.",
)
PLAN = (
    "Agreed to visit fortnightly and to ring the crisis line if nights worsen.",
    "Crisis plan read through together and two names corrected.",
    "Will ask the housing officer for a lock on the back door.",
    "Next step is a joint appointment with the alcohol worker.",
    "Early warning signs added: skipping meals, unopened post, unplugged radio.",
    "Support worker to go along to the appeal hearing.",
    "Medication review brought forward to the coming month.",
    "Family meeting offered and welcomed.",
    "To try the breathing exercises before bed and keep a sleep diary.",
    "Carer's telephone number checked and corrected.",
)
POOLS = (LIVING, MOOD, VOICES, MEDICINE, DAYS, PEOPLE, RISK, PLAN)

NO_CHANGE = (
    "Seen at home: sleep, mood and medicine as at the last visit, and nothing new from the family.",
    "Talked for an hour and went through every heading; the formulation still holds.",
    "Checked incidents, contacts and the crisis line log since the last review: nothing new.",
    "Went through the plan line by line together; both of us agree that it still fits.",
    "Spoke to the housing staff as well, who have seen no difference in two months.",
    "Reviewed alone and then with the key worker; risks and strengths are as they were.",
)
SPOKEN_WITH = ("the service user", "sister", "key worker", "brother", "support worker", "mother")

RECALL_TALKS = (
    (
        "Told face to face why the recall was decided and what it means for the next three days; "
        "was upset, asked about the dog, and said that it was understood."
    ),
    (
        "Explained the reasons for recall and the right to an advocate with a key worker; "
        "disagreed, but came in by taxi."
    ),
    (
        "Spoke on arrival with the ward manager: reasons, length and what happens next. "
        "Did not want to talk, took the leaflet and later asked two questions."
    ),
    (
        "Discussed at home before the notice was handed over. Said that it had been coming, "
        "and asked for a sister to be told."
    ),
    (
        "Went over the decision twice, with an interpreter on the telephone; "
        "answered that it was fair but frightening."
    ),
    (
        "Explained the recall, the notice and the 72 hours in the clinic room; "
        "tearful, then relieved, and repeated it back in own words."
    ),
)
RIGHTS_NOTES = (
    "Went through the leaflet together; asked about the tribunal and took the form.",
    "Understood the conditions, less sure about recall, so that part was explained again.",
    "Did not wish to talk about it today and asked us to come back.",
    "Too tired to take much in; agreed to another visit.",
    "Clear about the right to an advocate and has the number in the phone.",
)
CONDITIONS = (
    "To live at the agreed address, to see the care team fortnightly, to take medicine as agreed.",
    "To be available for examination under section 20A and for a Part 4A certificate.",
    "To attend the depot clinic and to allow home visits by the team.",
)

WARD_NOTES = (
    "Ward round: sleeping better and joining the morning group, so the plan stays as it is.",
    "Ward round: leave with family went well, nothing new to add to the plan.",
    "Ward round: still guarded with strangers, settled with the staff who know the story.",
    "Ward round: eating and drinking, keen on home, no change until the flat is ready.",
    "Ward round: a quiet week, tablets taken, a long talk with the chaplain.",
)
CRISIS_SIGNS = (
    "Staying up all night, giving belongings away, hearing the radio speak by name.",
    "Curtains shut, phone unanswered, meals skipped, talk of neighbours listening through walls.",
    "Walking for hours after dark, spending rent quickly, laughing at nothing, cancelling visits.",
)
CRISIS_STEPS = (
    "Ring the duty worker, then a trusted friend; sit somewhere quiet; take tonight's dose early.",
    "Telephone the crisis line together, agree a visit tomorrow morning, move knives out of reach.",
    "Text the key worker, stay with an aunt overnight, ask the pharmacist for smaller supplies.",
)
PLAN_LINES = (
    "Agreed to look for a smaller flat near the swimming pool before winter.",
    "Wants a part-time job at the garden centre, so benefits advice was booked.",
    "Depot moves to every four weeks; blood tests follow each quarter at the surgery.",
    "Will join the walking group on Saturdays and cook twice with a support worker.",
    "Family meeting held: brother takes over bills, mother keeps Sunday lunches.",
    "Sleep is the main worry; a diary and a lamp were lent by the team.",
    "Course at the college finished with a certificate; volunteering comes next.",
    "Dentist, optician and chest clinic arranged after two years without any of them.",
)
RISKS = (
    ("Losing the tenancy", "Housing officer visits monthly with the key worker."),
    ("Stopping tablets suddenly", "Pharmacist fills a weekly box and rings when it is late."),
    ("Drinking when alone", "Meets the alcohol worker on Wednesdays at the library."),
    ("Debts to a lender", "Money adviser writes to the lender and agrees a plan."),
)
FORMULATIONS = (
    (
        "Becomes frightened when sleep goes, reads danger into small noises and shuts people out; "
        "in the past this came before each admission, and a calm visit with tablets always helped."
    ),
    (
        "Loss of work and of a friend came together; hopeless thoughts come at night and pass by "
        "morning, and the dog, a sister and the choir are reasons given for carrying on."
    ),
    (
        "Argues most when money is short and voices are loud; leaves the house rather than stay in "
        "a quarrel, has not hurt anybody, and asks for help once the evening is over."
    ),
)

_WORD = re.compile(r"[^\W\d_]+")


def words(text: str) -> set[str]:
    """The different words of a text, as the rules count them."""
    return set(_WORD.findall(text.casefold()))
