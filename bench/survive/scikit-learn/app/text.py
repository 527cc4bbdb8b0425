SPAM = ["win money now", "cheap money win", "meeting at noon", "lunch at noon", "win the lottery now"]


def spam():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(stop_words="english"), MultinomialNB()).fit(SPAM, [1, 1, 0, 0, 1])
    print(model.predict(["win cheap lottery", "the meeting is at noon"]).tolist())


def report():
    from sklearn.metrics import classification_report

    print(classification_report([0, 1, 1], [0, 1, 0], target_names=["ham", "spam"]), end="")


def importance():
    from sklearn.datasets import load_breast_cancer
    from sklearn.inspection import permutation_importance
    from sklearn.linear_model import Lasso

    data, target = load_breast_cancer(return_X_y=True)
    found = permutation_importance(Lasso().fit(data, target), data, target, n_repeats=2, random_state=0)
    print(found.importances_mean.argmax())


def unfitted():
    from sklearn.naive_bayes import MultinomialNB

    MultinomialNB().predict([[1]])


COMMANDS = [spam, report, importance, unfitted]
