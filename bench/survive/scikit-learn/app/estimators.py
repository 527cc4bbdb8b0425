"""Each lesson imports what it teaches, so that the others start fast."""


def digits():
    from sklearn.datasets import load_digits
    from sklearn.svm import SVC

    data, target = load_digits(return_X_y=True)
    print(SVC(gamma=0.001).fit(data[:1000], target[:1000]).score(data[1000:], target[1000:]) > 0.95)


def clusters():
    from sklearn.cluster import DBSCAN, KMeans
    from sklearn.datasets import make_moons

    data, _ = make_moons(200, noise=0.03, random_state=0)
    print(len(set(DBSCAN(0.3).fit_predict(data))), len(KMeans(4, n_init=1, random_state=0).fit(data).cluster_centers_))


def grid():
    from sklearn.datasets import load_wine
    from sklearn.model_selection import GridSearchCV
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    neighbours = make_pipeline(StandardScaler(), KNeighborsClassifier())
    search = GridSearchCV(neighbours, {"kneighborsclassifier__n_neighbors": [1, 15]}, n_jobs=2)
    print(search.fit(*load_wine(return_X_y=True)).best_params_)


def forest():
    from sklearn.datasets import load_iris
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_score

    print(cross_val_score(RandomForestClassifier(20, random_state=0), *load_iris(return_X_y=True), n_jobs=2).mean() > 0.9)


def boosting():
    from sklearn.datasets import load_wine
    from sklearn.ensemble import HistGradientBoostingClassifier

    data, target = load_wine(return_X_y=True)
    print(HistGradientBoostingClassifier(max_iter=20).fit(data, target).score(data, target) > 0.95)


def network():
    from sklearn.datasets import load_iris
    from sklearn.neural_network import MLPClassifier

    data, target = load_iris(return_X_y=True)
    print(MLPClassifier((8,), max_iter=800, random_state=0).fit(data, target).score(data, target) > 0.9)


def tree():
    from sklearn.datasets import load_iris
    from sklearn.tree import DecisionTreeClassifier, export_text

    print(export_text(DecisionTreeClassifier(max_depth=1, random_state=0).fit(*load_iris(return_X_y=True))), end="")


def frames():
    from sklearn.compose import make_column_transformer
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import StandardScaler

    table = load_diabetes(as_frame=True).frame
    print(make_column_transformer((StandardScaler(), ["bmi"])).set_output(transform="pandas").fit_transform(table).shape)


def embed():
    from sklearn.datasets import load_iris
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    data = PCA(4).fit_transform(load_iris().data[:40])
    print(TSNE(perplexity=5, init="pca", random_state=0).fit_transform(data).shape)


def save():
    import joblib
    import numpy as np
    import tempfile
    from pathlib import Path
    from sklearn.datasets import load_iris
    from sklearn.decomposition import PCA

    path = Path(tempfile.mkdtemp()) / "model.joblib.gz"
    joblib.dump(PCA(2).fit(load_iris().data), path)
    print(np.round(joblib.load(path).explained_variance_ratio_, 3).tolist())


COMMANDS = [digits, clusters, grid, forest, boosting, network, tree, frames, embed, save]
