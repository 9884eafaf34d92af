"""The words that names of people and products are composed of. All brands and models are invented."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Aaliyah Adaeze Agnieszka Aiko Alejandro Amara Amélie Anders Andrei Anjali Arjun Astrid Beatriz Bram
    Camille Chidi Chloé Ciarán Dalia Daniel Dmitri Eduardo Elif Emeka Emily Erik Esther Fatima Félix Freya
    Gabriela Giulia Grace Hana Hiroshi Ibrahim Ingrid Isabela Jakub Jasmine João José Kaia Kenji Kwame Lars
    Layla Leilani Lucía Luca Maëlle Malik Marek Margit Mateo Mei Mohammed Nadia Naledi Ngozi Noah Oksana
    Olivia Omar Paolo Petra Priya Quynh Rafael Rosa Saoirse Sigrid Sofía Søren Tariq Thandiwe Tomás
    Valentina Wei
    Yasmin Yusuf Zofia Zuri
    """
)

LAST_NAMES = _words(
    """
    Abebe Adeyemi Almeida Andersson Ángeles Baker Banerjee Barbosa Bauer Bergström Bianchi Brennan Castillo
    Chen Chukwu Clarke Cohen D'Angelo D'Souza Dąbrowski Delgado Demir Diallo Dubois Eriksen Evans Farouk
    Fernández Fischer Fofanah Fujimoto García Gomes González Haddad Hansen Hernández Hoang Hughes Ibáñez
    Ito Ivanova Jansen Jóhannsdóttir Kaplan Kaya Khan Kim Kowalska Kozłowski Kumar Lefèvre Lindqvist López
    MacLeod Mahlangu Marković Mensah Meyer Moreau Müller Nakamura Navarro Ncube Nguyen Novák Núñez O'Brien
    O'Connor O'Neill Okafor Okonkwo Olsen Ortiz Osei Öztürk Park Patel Petrov Popescu Ramírez Reyes Rossi
    Santos Sato Schäfer Silva Singh Škoda Smith Suzuki Tanaka Torres Tremblay Vega Virtanen Wagner Walker
    Wójcik Yamamoto Yılmaz Zhang Zieliński
    """
)

EMAIL_HOSTS = (
    "alder.example",
    "brightwater.example",
    "cobaltmail.example",
    "fernhill.example",
    "harbourpost.example",
    "lumenbox.example",
    "northgate.example",
    "quillpost.example",
)
"""`.example` is reserved for invented addresses: a letter to one of these people reaches nobody."""

BRANDS = _words(
    """
    Aldervik Brontel Calverra Corvane Dunmarra Elvanto Fjordal Galvenn Hestara Ilmaren Jorvale Kestrano
    Lumarek Mirevo Nordhelm Ostrava-Lin Pellarin Quorvex Ravenna-Holt Selvaro Tarkesh Umbrell Varnholt
    Wexmoor Ysalba Zentoro
    """
)

MODELS = _words(
    """
    Alto Arbor Aster Basalt Beacon Birch Breeze Cinder Comet Delta Drift Echo Ember Fathom Glide Harbor Ion
    Juniper Kite Lark Linden Meridian Nimbus Nova Onyx Orbit Pebble Pine Prism Quartz Ridge Sable Sierra
    Solace Spruce Summit Tempo Terra Tide Vale Vertex Willow Zephyr
    """
)
