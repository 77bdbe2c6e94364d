"""Whom an activity suits and what help it can give: the words of both, in the order in which they are shown."""

from providers.rules import Labelled


class Suits(Labelled):
    """Whom an activity is made for. It says who feels at home there; it shuts nobody out."""

    EVERYBODY = "everybody", "Everybody"
    LEARNING_DISABILITY = "learning_disability", "People with a learning disability"
    AUTISM = "autism", "Autistic people"
    PHYSICAL_DISABILITY = "physical_disability", "People with a physical disability"
    SIGHT_LOSS = "sight_loss", "People with sight loss"
    DEAF = "deaf", "Deaf people and people with hearing loss"
    DEMENTIA = "dementia", "People with dementia"
    BRAIN_INJURY = "brain_injury", "People with a brain injury"
    MENTAL_HEALTH = "mental_health", "People with a mental health condition"
    YOUNG_ADULTS = "young_adults", "Young adults"
    OLDER_PEOPLE = "older_people", "Older people"
    CARERS = "carers", "Carers"


class SupportNeed(Labelled):
    """A need that the people who run an activity can meet while it lasts."""

    MOVING_ABOUT = "moving_about", "Help with moving about"
    EATING_AND_DRINKING = "eating_and_drinking", "Help with eating and drinking"
    PERSONAL_CARE = "personal_care", "Help with using the toilet"
    MEDICINE = "medicine", "Help with medicine"
    COMMUNICATION = "communication", "Help with being understood"
    STAYING_CALM = "staying_calm", "Help with staying calm"
    STAYING_SAFE = "staying_safe", "Help with staying safe"
    EPILEPSY = "epilepsy", "Staff who know about epilepsy"
