"""Questions and answers of everyday life in six languages beside English, written for the benchmark of languages."""

from __future__ import annotations

ANSWERS = {
    "es": (
        "Para cocinar arroz, hierve dos tazas de agua, añade una taza de arroz y un poco de sal, y déjalo a fuego lento.",
        "El agua hierve a cien grados al nivel del mar, pero en la montaña hierve antes porque hay menos presión.",
        "Te recomiendo caminar media hora cada día y dormir bien. Así tendrás más energía.",
        "La reunión empieza a las nueve. Por favor, llega un poco antes para preparar la sala.",
        "Claro, aquí tienes tres ideas: un libro, una planta o una cena en casa.",
        "No estoy seguro, pero creo que el tren sale cada hora desde la estación central.",
        "Las abejas ayudan a las flores a producir frutos.",
        "Gracias por su mensaje. Su pedido llegará mañana por la tarde.",
    ),
    "de": (
        "Koche zwei Tassen Wasser, gib eine Tasse Reis und etwas Salz dazu und lass alles bei kleiner Hitze ziehen.",
        "Wasser kocht auf Meereshöhe bei hundert Grad, in den Bergen aber früher, weil der Druck dort geringer ist.",
        "Ich empfehle dir, jeden Tag eine halbe Stunde zu gehen und genug zu schlafen.",
        "Die Besprechung beginnt um neun Uhr. Bitte komm etwas früher, um den Raum vorzubereiten.",
        "Gern, hier sind drei Ideen: ein Buch, eine Pflanze oder ein Abendessen zu Hause.",
        "Ich bin nicht sicher, aber der Zug fährt wohl jede Stunde vom Hauptbahnhof ab.",
        "Bienen helfen den Blumen, Früchte zu tragen.",
        "Vielen Dank für Ihre Nachricht. Ihre Bestellung kommt morgen Nachmittag an.",
    ),
    "fr": (
        "Faites bouillir deux tasses d'eau, ajoutez une tasse de riz et un peu de sel, puis laissez cuire à feu doux.",
        "L'eau bout à cent degrés au niveau de la mer, mais plus tôt en montagne parce que la pression est plus faible.",
        "Je vous conseille de marcher une demi-heure chaque jour et de bien dormir.",
        "La réunion commence à neuf heures. Merci d'arriver un peu plus tôt pour préparer la salle.",
        "Bien sûr, voici trois idées : un livre, une plante ou un dîner à la maison.",
        "Je ne suis pas certain, mais le train part toutes les heures de la gare centrale.",
        "Les abeilles aident les fleurs à donner des fruits.",
        "Merci pour votre message. Votre commande arrivera demain après-midi.",
    ),
    "it": (
        "Fai bollire due tazze d'acqua, aggiungi una tazza di riso e un po' di sale e lascia cuocere a fuoco lento.",
        "L'acqua bolle a cento gradi al livello del mare, ma in montagna bolle prima perché la pressione è più bassa.",
        "Ti consiglio di camminare mezz'ora ogni giorno e di dormire bene.",
        "La riunione comincia alle nove. Per favore arriva un po' prima per preparare la sala.",
        "Certo, ecco tre idee: un libro, una pianta o una cena a casa.",
        "Non sono sicuro, ma il treno parte ogni ora dalla stazione centrale.",
        "Le api aiutano i fiori a produrre frutti.",
        "Grazie per il suo messaggio. Il suo ordine arriverà domani pomeriggio.",
    ),
    "pt": (
        "Ferva duas xícaras de água, junte uma xícara de arroz e um pouco de sal, e deixe cozinhar em fogo baixo.",
        "A água ferve a cem graus ao nível do mar, mas na montanha ferve antes porque a pressão é menor.",
        "Eu recomendo caminhar meia hora por dia e dormir bem.",
        "A reunião começa às nove. Por favor, chegue um pouco antes para preparar a sala.",
        "Claro, aqui estão três ideias: um livro, uma planta ou um jantar em casa.",
        "Não tenho certeza, mas o trem sai a cada hora da estação central.",
        "As abelhas ajudam as flores a dar frutos.",
        "Obrigado pela sua mensagem. O seu pedido chegará amanhã à tarde.",
    ),
    "nl": (
        "Kook twee koppen water, voeg een kop rijst en wat zout toe en laat het op laag vuur garen.",
        "Water kookt op zeeniveau bij honderd graden, maar in de bergen eerder omdat de druk daar lager is.",
        "Ik raad je aan om elke dag een half uur te wandelen en goed te slapen.",
        "De vergadering begint om negen uur. Kom alsjeblieft iets eerder om de zaal klaar te maken.",
        "Natuurlijk, hier zijn drie ideeën: een boek, een plant of een etentje thuis.",
        "Ik weet het niet zeker, maar de trein vertrekt elk uur van het centraal station.",
        "Bijen helpen bloemen om vruchten te dragen.",
        "Bedankt voor uw bericht. Uw bestelling komt morgenmiddag aan.",
    ),
}
"""Code -> eight answers, from one short sentence to a long one."""
QUESTIONS = {
    "es": ("¿Cómo se cocina el arroz?", "¿Por qué hierve antes el agua en la montaña?", "Dame tres ideas para un regalo."),
    "de": ("Wie kocht man Reis?", "Warum kocht Wasser in den Bergen früher?", "Nenne mir drei Ideen für ein Geschenk."),
    "fr": ("Comment cuit-on le riz ?", "Pourquoi l'eau bout-elle plus tôt en montagne ?", "Donne-moi trois idées de cadeau."),
    "it": ("Come si cuoce il riso?", "Perché l'acqua bolle prima in montagna?", "Dammi tre idee per un regalo."),
    "pt": ("Como se cozinha o arroz?", "Por que a água ferve antes na montanha?", "Dê-me três ideias para um presente."),
    "nl": ("Hoe kook je rijst?", "Waarom kookt water in de bergen eerder?", "Geef me drie ideeën voor een cadeau."),
}  # fmt: skip
"""Code -> three questions."""
